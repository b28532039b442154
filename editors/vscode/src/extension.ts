// The client: starts `verifier lsp` in a trusted folder, and asks what only an editor can ask.
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  commands,
  type ExtensionContext,
  type OutputChannel,
  window,
  workspace,
} from "vscode";
import { LanguageClient, type LanguageClientOptions, type ServerOptions } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const shown = window.createOutputChannel("Policy verifier: determinations");
  context.subscriptions.push(
    shown,
    commands.registerCommand("verifier.askReason", askReason),
    commands.registerCommand("policyVerifier.restart", restart),
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("policyVerifier.command")) {
        void restart();
      }
    }),
    workspace.onDidGrantWorkspaceTrust(() => void start(shown)),
  );
  await start(shown);

  async function restart(): Promise<void> {
    await stop();
    await start(shown);
  }
}

export async function deactivate(): Promise<void> {
  await stop();
}

async function stop(): Promise<void> {
  const ending = client;
  client = undefined;
  await ending?.stop();
}

async function start(shown: OutputChannel): Promise<void> {
  if (client !== undefined || !workspace.isTrusted) {
    return;
  }
  const command = verifier();
  const server: ServerOptions = { command, args: ["lsp"] };
  const options: LanguageClientOptions = {
    documentSelector: [
      { language: "policy" },
      // Cases, for the lens that decides them.
      { language: "json", scheme: "file", pattern: "**/cases/**/*.json" },
      { language: "jsonl", scheme: "file", pattern: "**/cases/**/*.jsonl" },
      { scheme: "file", pattern: "**/*.jsonl" },
    ],
    initializationOptions: { asksForReasons: true },
    middleware: {
      executeCommand: async (name, given, next) => {
        const result: unknown = await next(name, given);
        if (name === "verifier.decide" && isDecided(result)) {
          shown.clear();
          shown.append(result.full);
          shown.show(true);
        }
        return result;
      },
    },
  };
  client = new LanguageClient("policyVerifier", "Policy verifier", server, options);
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const open = "Open settings";
    const chosen = await window.showErrorMessage(`${command} cannot be started: ${String(error)}`, open);
    if (chosen === open) {
      await commands.executeCommand("workbench.action.openSettings", "policyVerifier.command");
    }
  }
}

/** The command to start: as set, else of the folder's own environment, else the one on the path. */
function verifier(): string {
  const set = workspace.getConfiguration("policyVerifier").get<string>("command")?.trim();
  if (set) {
    return set;
  }
  const own = process.platform === "win32" ? join(".venv", "Scripts", "verifier.exe") : join(".venv", "bin", "verifier");
  const found = (workspace.workspaceFolders ?? []).map((f) => join(f.uri.fsPath, own)).find(existsSync);
  return found ?? "verifier";
}

/** Ask why a finding is acceptable, and have the statement written that says so. */
async function askReason(...finding: unknown[]): Promise<void> {
  const because = await window.showInputBox({
    title: `Accept ${String(finding[2])}`,
    prompt: "Why is the finding acceptable?",
    validateInput: (text) =>
      text.trim() === "" ? "a finding is accepted for a reason" : text.includes('"') ? 'a reason has no "' : undefined,
  });
  if (because !== undefined) {
    await commands.executeCommand("verifier.accept", ...finding, because);
  }
}

function isDecided(result: unknown): result is { full: string } {
  return typeof result === "object" && result !== null && "full" in result && typeof result.full === "string";
}
