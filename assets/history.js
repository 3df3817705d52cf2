// The History tab: questions, the row that is open, downloads, and the way back on a phone.
Object.assign(window.qwenEdit, (() => {
  // A picture whose file is gone leaves an empty box; a question opens where it was asked for, and closes again.
  const askFirst = (element) => {
    element.addEventListener('error', (event) => event.target.closest('.thumb, .large')?.classList.add('gone'), true);
    element.addEventListener('click', (event) => {
      const button = event.target.closest('button');
      const act = button?.dataset.ask ?? button?.dataset.close;
      if (!act) return;
      const asks = element.querySelector(`[data-ask="${act}"]`);
      const question = element.querySelector(`[data-question="${act}"]`);
      question.hidden = !question.hidden;
      asks.setAttribute('aria-expanded', String(!question.hidden));
      (question.hidden ? asks : question.querySelector('[data-close]')).focus();
    });
    element.addEventListener('keydown', ({key, target}) => {
      if (key === 'Escape') target.closest('[data-question]')?.querySelector('[data-close]').click();
    });
  };

  const historyKept = ({element, trigger}) => {
    askFirst(element);
    element.addEventListener('click', (event) => {
      if (event.target.closest('button')?.dataset.act === 'everything') trigger('everything');
    });
  };

  // A list that is drawn anew keeps the keyboard where it was. On a phone an opened edit takes the place of the list.
  const historyRows = ({element, trigger, watch}) => {
    askFirst(element);
    let last = null;
    const row = (id) => element.querySelector(`[data-edit="${CSS.escape(id)}"]`);
    element.addEventListener('focusin', (event) => { last = event.target.closest('[data-edit]')?.dataset.edit; });
    element.addEventListener('click', (event) => {
      const id = event.target.closest('[data-edit]')?.dataset.edit;
      if (!id) return;
      trigger('open', {id});
      document.dispatchEvent(new CustomEvent('history-open', {detail: id}));
    });
    watch('value', () => {
      if (last && document.activeElement === document.body) row(last)?.focus({preventScroll: true});
      document.dispatchEvent(new CustomEvent('history-drawn'));
    });
  };

  const historyOpened = ({element, trigger, watch}, events) => {
    askFirst(element);
    const narrow = matchMedia('(max-width: 760px)');
    const whole = element.closest('#history');
    const edit = () => element.querySelector('[data-opened]');
    const rows = () => [...whole.querySelectorAll('[data-edit]')];
    let current;
    const mark = (id) => {
      current = id;
      for (const row of rows()) {
        if ((row.dataset.edit === id) === row.hasAttribute('aria-current')) continue;
        if (row.dataset.edit === id) row.setAttribute('aria-current', 'true'); else row.removeAttribute('aria-current');
      }
    };
    // Gradio draws a list anew by changing the one that is there, and takes away whatever it has not drawn itself.
    new MutationObserver(() => mark(current)).observe(whole.querySelector('#history-rows'), {
      subtree: true, childList: true, attributeFilter: ['aria-current', 'data-edit'],
    });
    const version = () => element.querySelector('[data-of][aria-pressed=true]')?.dataset.of ?? 'put';
    const choose = (button) => {
      for (const each of element.querySelectorAll('[data-of]')) each.setAttribute('aria-pressed', String(each === button));
      const large = element.querySelector('.large img');
      large.src = large.dataset[version()];
    };
    const show = (place) => {
      const choices = [...element.querySelectorAll('.choices button')], large = element.querySelector('.large img');
      const chosen = choices.find((each) => each.dataset.place === place);
      for (const each of choices) each.setAttribute('aria-pressed', String(each === chosen));
      element.querySelector('.large').classList.remove('gone');
      Object.assign(large.dataset, {put: chosen.dataset.put, whole: chosen.dataset.whole});
      large.src = large.dataset[version()];
      large.alt = chosen.dataset.words;
      edit().dataset.place = place;
    };
    let from = 0, pushed = false, leaving = false;
    const focusRow = () => rows().find((row) => row.hasAttribute('aria-current'))?.focus({preventScroll: true});
    const hide = () => {
      if (!whole.classList.contains('reading')) return;
      whole.classList.remove('reading');
      scrollTo(0, from);
      focusRow();
    };
    // Back means the list, whether it is our button or the phone's own gesture.
    const close = () => { if (pushed) window.history.back(); else hide(); };
    addEventListener('popstate', () => { pushed = false; hide(); });
    document.addEventListener('history-open', (event) => {
      mark(event.detail);
      if (!narrow.matches) return;
      from = scrollY;
      if (!pushed) window.history.pushState(null, '');
      pushed = true;
      whole.classList.add('reading');
      scrollTo(0, 0);
    });
    document.addEventListener('history-drawn', () => {
      const opened = edit(), row = rows().find((each) => each.dataset.edit === opened?.dataset.opened);
      // Which edit is open the server knows better: what stands here may be about to give way to another one.
      if (row && row.dataset.edit === current && row.dataset.version !== opened.dataset.version) trigger('redraw');
    });
    watch('value', () => {
      mark(edit()?.dataset.opened);
      if (leaving) setTimeout(() => { close(); focusRow(); }, 50);
      leaving = false;
    });
    // For whoever goes by keyboard the details come right after their row, and the next row after them.
    whole.addEventListener('keydown', (event) => {
      if (event.key !== 'Tab' || narrow.matches) return;
      const all = rows(), at = all.findIndex((row) => row.hasAttribute('aria-current'));
      const inside = [...element.querySelectorAll('button, a[href]')].filter((each) => each.checkVisibility());
      const [from, to] = event.shiftKey
        ? [[inside[0], all[at + 1]], [all[at], inside.at(-1)]]
        : [[all[at], inside.at(-1)], [inside[0], all[at + 1]]];
      const next = at < 0 || !inside.length ? null : to[from.indexOf(event.target)];
      if (next) { event.preventDefault(); next.focus(); }
    });
    element.addEventListener('click', (event) => {
      const button = event.target.closest('button'), id = edit()?.dataset.opened, act = button?.dataset.act;
      if (button?.dataset.place) show(button.dataset.place);
      if (button?.dataset.of) choose(button);
      if (act === 'back') close();
      if (!id || !act) return;
      if (act === 'remove') leaving = true;
      const stopping = element.querySelector('[data-stopping]');
      if (act === 'stop') { button.disabled = true; stopping.textContent = stopping.dataset.stopping; }
      if (act === 'use' || act === 'download') trigger(act, {id, place: Number(edit().dataset.place), whole: version() === 'whole'});
      else if (events.includes(act)) trigger(act, {id});
    });
  };

  return { historyKept, historyOpened, historyRows };
})());
