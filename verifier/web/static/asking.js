// Questions to the service. An answer that is out of date is never given.
const running = new Map();
const turns = new Map();

async function send(kind, body, signal) {
  try {
    for (;;) {
      const response = await fetch(`/workbench/${kind}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
        signal,
      });
      if (response.status === 503) {
        await new Promise((resume) => setTimeout(resume, 1000 * Number(response.headers.get("retry-after") ?? 1)));
        if (signal.aborted) return null;
        continue;
      }
      const data = await response.json();
      if (signal.aborted) return null;
      return response.ok ? { data, problems: [] } : { data: null, problems: data.problems };
    }
  } catch (error) {
    if (error.name === "AbortError") return null;
    return { data: null, problems: [{ place: "", message: "the service does not answer", help: "is it still running?" }] };
  }
}

// For what takes long: a newer question of the same kind takes the place of an older one, which is given up.
export async function ask(kind, body) {
  giveUp(kind);
  const control = new AbortController();
  running.set(kind, control);
  return send(kind, body, control.signal);
}

export function giveUp(...kinds) {
  for (const kind of kinds) running.get(kind)?.abort();
}

// For what is quick: one question at a time is on its way, and of those that wait only the newest is asked. `body` is
// called when its turn has come. Null where there is a newer one.
export async function askInTurn(kind, body) {
  const turn = turns.get(kind) ?? { newest: 0, current: null };
  turns.set(kind, turn);
  const number = ++turn.newest;
  while (turn.current) {
    await turn.current;
    if (number !== turn.newest) return null;
  }
  turn.current = send(kind, body(), new AbortController().signal);
  const found = await turn.current;
  turn.current = null;
  return number === turn.newest ? found : null;
}

// A function that runs once nothing has called it for so many milliseconds.
export function later(wait, run) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, wait);
  };
}

export function told(problem) {
  const place = problem.place ? `${problem.place}: ` : "";
  return `${place}${problem.message}${problem.help ? ` (${problem.help})` : ""}`;
}
