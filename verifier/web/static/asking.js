// Questions to the service. A newer question of the same kind takes the place of an older one, which is given up, so
// that an answer that is out of date is never shown.
const running = new Map();

export async function ask(kind, body) {
  running.get(kind)?.abort();
  const control = new AbortController();
  running.set(kind, control);
  try {
    for (;;) {
      const response = await fetch(`/workbench/${kind}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
        signal: control.signal,
      });
      if (response.status === 503) {
        await new Promise((resume) => setTimeout(resume, 1000 * Number(response.headers.get("retry-after") ?? 1)));
        if (control.signal.aborted) return null;
        continue;
      }
      const data = await response.json();
      if (control.signal.aborted) return null;
      return response.ok ? { data, problems: [] } : { data: null, problems: data.problems };
    }
  } catch (error) {
    if (error.name === "AbortError") return null;
    return { data: null, problems: [{ place: "", message: "the service does not answer", help: "is it still running?" }] };
  }
}

export function giveUp(kind) {
  running.get(kind)?.abort();
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
