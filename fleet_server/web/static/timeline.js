// Books and moves by dragging on the timeline, and by its keyboard: both only fill in the address of the form beside it,
// which checks the slot and asks before anything is booked. Without this script the same form does it all.
const timeline = document.querySelector('.tl[data-from]');
const STEP = 15 * 60_000;
const SHORTEST = 15 * 60_000;
const USUAL = 90 * 60_000;
const DRAGGED = 4;

if (timeline) {
  const from = Number(timeline.dataset.from);
  const until = Number(timeline.dataset.until);
  const zone = timeline.dataset.zone;
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hour12: false });
  const snap = (ms) => Math.round(ms / STEP) * STEP;
  const within = (ms) => Math.min(until, Math.max(from, ms));
  const say = (ms) => (ms === until && clock.format(ms) === '00:00' ? '24:00' : clock.format(ms));

  const open = (changes) => {
    const address = new URL(location.href);
    for (const [name, value] of Object.entries({ day: timeline.dataset.day, ...changes })) {
      if (value) address.searchParams.set(name, value);
      else address.searchParams.delete(name);
    }
    address.hash = 'panel';
    location.assign(address);
  };

  const draft = (row, start, end) => {
    const [kind, ...name] = row.split(':');
    open({
      asset: kind === 'asset' ? name.join(':') : '',
      room: kind === 'room' ? name.join(':') : '',
      start: say(start),
      end: say(end),
      move: '',
    });
  };

  const ghostIn = (track) => {
    const ghost = document.createElement('div');
    ghost.className = 'ghost';
    track.append(ghost);
    return ghost;
  };

  const place = (ghost, start, end) => {
    const width = until - from;
    ghost.style.left = `${(100 * (start - from)) / width}%`;
    ghost.style.width = `${(100 * (end - start)) / width}%`;
    ghost.textContent = `${say(start)}–${say(end)}`;
  };

  const at = (track, x) => {
    const box = track.getBoundingClientRect();
    return from + ((x - box.left) / box.width) * (until - from);
  };

  // A drag on free time makes a draft, a drag of a booking gives it another slot.
  timeline.addEventListener('pointerdown', (event) => {
    const track = event.target.closest('.trk[data-row]');
    if (!track || event.button !== 0 || (event.pointerType === 'touch' && !event.target.closest('[data-booking]'))) return;
    const block = event.target.closest('[data-booking]');
    if (!block && event.target.closest('a, .blk')) return;
    const grip = at(track, event.clientX);
    const length = block ? Number(block.dataset.end) - Number(block.dataset.start) : 0;
    let slot = null;
    let ghost = null;

    const moved = (now) => {
      if (!ghost && Math.abs(now.clientX - event.clientX) < DRAGGED) return;
      ghost ??= ghostIn(track);
      const here = at(track, now.clientX);
      if (block) {
        const start = within(snap(Number(block.dataset.start) + here - grip));
        slot = [start, start + length];
      } else {
        const [first, last] = [grip, here].sort((a, b) => a - b).map((ms) => within(snap(ms)));
        slot = [first, Math.max(last, first + SHORTEST)];
      }
      place(ghost, ...slot);
    };
    const ended = (last) => {
      removeEventListener('pointermove', moved);
      removeEventListener('pointerup', ended);
      removeEventListener('pointercancel', ended);
      removeEventListener('keydown', dropped);
      if (!ghost) return;
      ghost.remove();
      if (block) block.addEventListener('click', (click) => click.preventDefault(), { once: true, capture: true });
      if (last.type !== 'pointerup' || !slot) return;
      if (block) open({ move: block.dataset.booking, start: say(slot[0]), end: say(slot[1]), asset: '', room: '' });
      else draft(track.dataset.row, ...slot);
    };
    const dropped = (key) => key.key === 'Escape' && ended(key);
    addEventListener('pointermove', moved);
    addEventListener('pointerup', ended);
    addEventListener('pointercancel', ended);
    addEventListener('keydown', dropped);
    if (!event.target.closest('a')) event.preventDefault();
  });
  timeline.addEventListener('dragstart', (event) => event.preventDefault());

  // The keyboard does the same: arrows choose a time, with Shift the length, Enter opens the form.
  for (const track of timeline.querySelectorAll('.trk[data-row]')) {
    track.title = timeline.dataset.keys;
    let slot = null;
    let ghost = null;
    const forget = () => {
      ghost?.remove();
      slot = ghost = null;
    };
    track.addEventListener('blur', forget);
    track.addEventListener('keydown', (event) => {
      if (event.target !== track) return;
      const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
      if (step) {
        event.preventDefault();
        const soon = Math.ceil(Math.max(from, Number(timeline.dataset.now)) / STEP) * STEP;
        if (!slot) slot = [within(Math.min(soon, until - USUAL)), 0];
        else if (event.shiftKey) slot[1] = Math.max(slot[0] + SHORTEST, within(slot[1] + step));
        else slot = [within(slot[0] + step), slot[1] + step];
        if (!slot[1]) slot[1] = slot[0] + USUAL;
        slot[1] = within(Math.max(slot[1], slot[0] + SHORTEST));
        ghost ??= ghostIn(track);
        place(ghost, ...slot);
        track.setAttribute('aria-description', ghost.textContent);
      } else if (event.key === 'Enter' && slot) {
        event.preventDefault();
        draft(track.dataset.row, ...slot);
      } else if (event.key === 'Escape') {
        forget();
      }
    });
  }
}

// The end follows the start of a new booking, an hour and a half later, until it is typed.
const startField = document.querySelector('#panel #f-start');
const endField = document.querySelector('#panel #f-end');
if (startField && endField && !endField.value) {
  let typed = false;
  endField.addEventListener('input', () => (typed = true));
  const follow = () => {
    const [hour, minute] = startField.value.split(':').map(Number);
    if (typed || Number.isNaN(minute)) return;
    const total = Math.min(hour * 60 + minute + 90, 24 * 60 - 1);
    endField.value = `${String(Math.floor(total / 60)).padStart(2, '0')}:${String(total % 60).padStart(2, '0')}`;
  };
  startField.addEventListener('input', follow);
  follow();
}
