// Tabs as the ARIA practices describe them: arrow keys, Home and End move, one tab is in the order of focus.
// `chosen` is told of each tab that is chosen.
export function createTabs(list, chosen) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];

  function choose(tab, focus) {
    for (const other of tabs) {
      const own = other === tab;
      other.setAttribute("aria-selected", String(own));
      other.tabIndex = own ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !own;
    }
    if (focus) tab.focus();
    chosen(tab.id);
  }
  list.addEventListener("click", (event) => {
    const tab = event.target.closest('[role="tab"]');
    if (tab) choose(tab, false);
  });
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    choose(tabs[(to + tabs.length) % tabs.length], true);
  });
  return { choose: (id) => choose(document.getElementById(id), false) };
}
