// The keyboard: Gradio's radio buttons as the groups that they are, and a place to go to when what had the focus is gone.
(() => {
  // Gradio gives each button of a group a name of its own: every one is a tab stop, and the arrows do nothing. Under one
  // name the browser does the rest. Whoever comes in with Tab lands on the one that is chosen.
  const radios = (target) => {
    const group = target.matches?.('.block input[type=radio]') && target.closest('.block');
    const all = group ? [...group.querySelectorAll('input[type=radio]')] : [];
    for (const each of all) if (each.name !== group.id) each.name = group.id;
    return [group, all];
  };
  document.addEventListener('keydown', ({target}) => { radios(target); }, true); // they may have been drawn anew
  document.addEventListener('focusin', ({target, relatedTarget}) => {
    const [group, all] = radios(target);
    if (!group) return;
    const chosen = all.find((each) => each.checked);
    if (chosen && target !== chosen && !group.contains(relatedTarget) && target.matches(':focus-visible')) chosen.focus();
  });

  // What is pressed may vanish or be closed by what it does; without this, Tab would begin at the top of the page again.
  const WORDS = matchMedia('(pointer: fine)').matches ? '#prompt textarea' : '#run';
  const PLACES = [
    ['.slot', null],
    ['#run-row', '#run'],
    ['#aside, #offer, #prompt-box, #replaced', WORDS],
    ['#actions, #result-panel, #pasted', '#more-menu .menu-head', WORDS],
    ['#lineage .ways, #lineage .offer', WORDS],
    ['#lineage', '#lineage [aria-current]', WORDS],
    ['#scene, #results', WORDS],
    ['#history-opened', '#history [data-edit][aria-current]', '#history [data-edit]', WORDS, '#history-view-button'],
    ['#history', '#history [data-edit]', WORDS, '#history-view-button'],
  ];
  const usable = (each) => each?.isConnected && each.checkVisibility() && !each.disabled;
  let last = null, ways = [];
  document.addEventListener('focusin', ({target}) => {
    last = target;
    const [inside, ...selectors] = PLACES.find(([place]) => target.closest?.(place)) ?? [];
    const slot = inside === '.slot' && target.closest('.slot').id;
    ways = slot ? [`#${slot} .slot-tools button`, `#${slot} button.upload-container`] : selectors;
  });
  const recover = () => {
    if (document.activeElement !== document.body || !last || usable(last)) return;
    const found = ways.flatMap((way) => [...document.querySelectorAll(way)]).find(usable);
    if (found) found.focus({preventScroll: true});
  };
  // What the server answers takes a while; whoever has gone elsewhere meanwhile is left there.
  for (const name of ['click', 'change']) {
    document.addEventListener(name, () => { for (const time of [400, 1200, 3000]) setTimeout(recover, time); });
  }
})();
