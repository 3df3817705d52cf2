// What concerns the whole page: its language, light or dark, the keyboard, and clocks that run between two messages.
window.qwenEdit = (() => {
  const read = (name, store = 'localStorage') => { try { return window[store].getItem(name); } catch { return null; } };
  const write = (name, value, store = 'localStorage') => {
    try { window[store].setItem(name, value); } catch { /* private window */ }
  };
  const root = document.documentElement;
  const language = () => {
    const wanted = new URLSearchParams(location.search).get('lang') || read('qwen-edit-language') || navigator.language;
    return wanted.toLowerCase().startsWith('zh') ? 'zh' : 'en';
  };
  // Whoever knows this name sees what was edited under it; without storage it lasts as long as the page.
  const named = () => {
    const known = read('qwen-edit-visitor') ?? '';
    if (/^[\w-]{32}$/.test(known)) return known;
    const letters = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24))));
    const name = letters.replaceAll('+', '-').replaceAll('/', '_');
    write('qwen-edit-visitor', name);
    return name;
  };
  const visitor = named();
  // What is typed and not sent yet outlives a reload of this tab.
  const draft = read('qwen-edit-prompt', 'sessionStorage') ?? '';
  const keep = (text) => { write('qwen-edit-prompt', text, 'sessionStorage'); return text; };
  const show = () => root.classList.remove('qwen-edit-wait');
  const remember = (chosen) => {
    write('qwen-edit-language', chosen);
    root.lang = chosen === 'zh' ? 'zh-CN' : 'en';
    return chosen;
  };

  const theme = read('qwen-edit-theme');
  const address = new URL(location.href);
  if (theme && !address.searchParams.has('__theme')) {
    address.searchParams.set('__theme', theme);
    history.replaceState(null, '', address);
    document.body.classList.toggle('dark', theme === 'dark'); // Gradio has looked at __theme before it runs this script
  }
  const toggleTheme = () => {
    const dark = document.body.classList.toggle('dark');
    write('qwen-edit-theme', dark ? 'dark' : 'light');
    const here = new URL(location.href);
    here.searchParams.set('__theme', dark ? 'dark' : 'light');
    history.replaceState(null, '', here);
  };

  root.lang = language() === 'zh' ? 'zh-CN' : 'en';
  if (language() !== 'en') { // the page is drawn in English first: do not show that for a blink
    root.classList.add('qwen-edit-wait');
    setTimeout(show, 4000);
  }
  document.addEventListener('keydown', (event) => {
    // Only from within the form: whoever looks at the history or types a key does not see what it would cost.
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || !event.target.closest?.('#ask')) return;
    const run = document.querySelector('#run');
    if (run && !run.disabled) { event.preventDefault(); run.click(); }
  });

  // On a phone, what a press changes is elsewhere on the page: the stage once an edit has begun, the slot of a result.
  const goTo = (place) => place?.scrollIntoView({
    block: 'start', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth',
  });
  const onceItRuns = (tries) => {
    if (document.querySelector('#status .dot.busy')) goTo(document.querySelector('#stage-heading'));
    else if (tries > 0) setTimeout(onceItRuns, 100, tries - 1);
  };
  document.addEventListener('click', ({target}) => {
    if (!matchMedia('(max-width: 760px)').matches || !target.closest) return;
    if (target.closest('#run')) onceItRuns(30);
    const used = target.closest('[id^="use-as-"]');
    if (used) goTo(document.querySelector(`#card-${used.id.at(-1)}`));
  });

  // The tabs come before the rest of the header for whoever goes by keyboard; Gradio takes nothing but tabs among them.
  const tabsFirst = () => {
    const tabs = document.querySelector('#views > .tab-wrapper'), header = document.querySelector('#header');
    const footer = document.querySelector('footer');
    if (!tabs || !header || !footer) { requestAnimationFrame(tabsFirst); return; }
    tabs.after(header);
    footer.setAttribute('aria-label', document.title); // Gradio's own is in English
  };
  tabsFirst();

  const started = new WeakMap();
  setInterval(() => {
    for (const clock of document.querySelectorAll('[data-elapsed]')) {
      const { drawn, elapsed } = clock.dataset; // Gradio may put another clock's time into an element that is there
      if (started.get(clock)?.drawn !== drawn) {
        started.set(clock, { drawn, from: performance.now() - 1000 * Number(elapsed) });
      }
      const seconds = String(Math.floor((performance.now() - started.get(clock).from) / 1000));
      if (clock.textContent !== seconds) clock.textContent = seconds;
    }
  }, 200);
  const timeZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone ?? '';
  // A number without a value is drawn as 0 until something sets it to null.
  const start = () => [language(), null, visitor, draft, read('qwen-edit-form', 'sessionStorage') ?? ''];
  // The connection card: focus goes into it and back to where it was; Escape and a press beside it close it.
  const card = () => [...document.querySelectorAll('#connection')].find((each) => each.checkVisibility());
  const closeCard = () => document.querySelector('#close-connection').click();
  let outside = null;
  document.addEventListener('focusin', ({target}) => { if (!target.closest('#connection')) outside = target; });
  document.addEventListener('keydown', ({key}) => { if (key === 'Escape' && card()) closeCard(); });
  document.addEventListener('pointerdown', ({target}) => {
    if (card() && !target.closest('#connection, #engine')) closeCard();
  });
  const enterCard = () => (card()?.querySelector('input:checked') ?? card()?.querySelector('input'))?.focus();
  const leaveCard = () => {
    if (card() || document.activeElement !== document.body) return;
    (outside?.isConnected ? outside : document.querySelector('#engine')).focus();
  };
  const toTheForm = () => document.querySelector('#edit-view-button')?.click();
  return {
    enterCard, keep, leaveCard, read, remember, show, start, timeZone, toTheForm, toggleTheme, write,
  };
})();
