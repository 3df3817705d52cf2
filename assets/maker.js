// The map maker on the stage: which map of a picture, and how much of it. The server makes it and says where it is.
Object.assign(window.qwenEdit, (() => {
  const PAUSE = 150; // ms, after which the slider counts as still
  let said = '';

  const maker = ({element, trigger, watch}) => {
    const find = (selector) => element.querySelector(selector);
    let waits = 0;
    const tell = () => {
      const section = find('[data-map]');
      if (!section) return;
      find('.map').setAttribute('aria-busy', 'true');
      const {kind} = find('[data-kind][aria-checked=true]').dataset;
      // With the time, for it is to be made again where the same is chosen as when the maker was last here.
      said = JSON.stringify({slot: Number(section.dataset.slot), kind, detail: Number(find('[data-detail]').value), at: Date.now()});
      trigger('made');
    };
    const choose = (button) => { window.qwenEdit.check(button); tell(); };
    element.addEventListener('click', ({target}) => {
      const button = target.closest('button');
      if (button?.dataset.act) trigger(button.dataset.act);
      else if (button) choose(button);
    });
    element.addEventListener('input', ({target}) => {
      if (!target.matches('[data-detail]')) return;
      clearTimeout(waits);
      waits = setTimeout(tell, PAUSE);
    });
    element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !find('[data-map]')) return;
      event.stopPropagation();
      trigger('done');
    });
    window.qwenEdit.goByArrows(element, choose);
    watch('value', tell);
    tell();
  };

  const made = () => said;
  const map = () => document.querySelector('[data-map] .map');
  const showMap = (address) => {
    const image = map();
    if (!image) return;
    const ready = () => image.removeAttribute('aria-busy');
    if (!address || image.getAttribute('src') === address) { ready(); return; }
    image.addEventListener('load', ready, {once: true});
    image.src = address;
  };
  return { made, maker, showMap };
})());
