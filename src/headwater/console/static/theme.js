// Light or dark: what was chosen here, or else what the system says. Not a module: it runs before
// the first pixel, so that a dark page does not begin white.
(() => {
  const CHOICES = ["system", "light", "dark"];
  const system = matchMedia("(prefers-color-scheme: dark)");
  let choice = "system";
  try {
    const kept = localStorage.getItem("theme");
    if (CHOICES.includes(kept)) choice = kept;
  } catch { /* a browser that keeps nothing follows the system */ }

  function apply() {
    const isDark = choice === "dark" || (choice === "system" && system.matches);
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
  }

  window.theme = {
    get choice() { return choice; },
    next() {
      choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
      try { localStorage.setItem("theme", choice); } catch { /* as above */ }
      apply();
      return choice;
    },
  };
  system.addEventListener("change", apply);
  apply();
})();
