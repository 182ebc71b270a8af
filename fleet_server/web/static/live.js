// Live states and ages in place. One tab listens for all (leader by Web Locks), the others hear it by
// BroadcastChannel; without a stream the page asks every half minute. Without this script the page is a snapshot.
const meta = document.querySelector('meta[name="live-words"]');
const words = JSON.parse(meta.content);
const ahead = Number(meta.dataset.now) - Date.now();
const POLL_MS = 30000;
const TICK_MS = 5000;
const nearby = new Map();
for (const element of document.querySelectorAll('[data-device]')) nearby.set(element.dataset.device, element);

function age(ms) {
  const seconds = Math.max(0, Math.round((Date.now() + ahead - ms) / 1000));
  if (seconds < 60) return words.second.replace('#', seconds);
  if (seconds < 3600) return words.minute.replace('#', Math.floor(seconds / 60));
  if (seconds < 86400) return words.hour.replace('#', Math.floor(seconds / 3600));
  const days = Math.floor(seconds / 86400);
  return (days === 1 ? words.day : words.days).replace('#', days);
}

function tick() {
  for (const time of document.querySelectorAll('time[data-age]')) time.textContent = age(Number(time.dataset.age));
}

function show(device) {
  const element = nearby.get(device.id);
  if (!element) return;
  const swatch = element.querySelector('.st .sw');
  const word = element.querySelector('[data-state-word]');
  if (swatch) swatch.className = `sw pt s-${device.state}`;
  if (word) word.textContent = words.states[device.state] || device.state;
  const since = element.querySelector('time[data-since]');
  if (since) since.dataset.age = String(device.since_ms);
  const seen = element.querySelector('time[data-heard]');
  if (seen && device.seen_ms) seen.dataset.age = String(device.seen_ms);
  const liveness = element.querySelector('[data-liveness]');
  if (liveness && words.liveness[device.liveness]) {
    liveness.textContent = words.liveness[device.liveness];
    liveness.className = { online: 'ok', stale: 'warn' }[device.liveness] || 'bad';
  }
  tick();
}

async function ask() {
  const query = [...nearby.keys()].slice(0, 100).map((id) => `device=${encodeURIComponent(id)}`).join('&');
  const answer = await fetch(`/events/now?${query}`, { headers: { accept: 'application/json' } });
  if (answer.ok) (await answer.json()).devices.forEach(show);
}

let polling = 0;
function poll() {
  if (!polling) polling = setInterval(() => document.hidden || ask(), POLL_MS);
}

function listen(tell) {
  const source = new EventSource('/events');
  source.addEventListener('device', (event) => tell({ device: JSON.parse(event.data) }));
  source.addEventListener('reset', () => tell({ reset: true }));
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) {
      source.close();
      poll();
    }
  });
  return source;
}

function hear(news) {
  if (news.device) show(news.device);
  if (news.reset) ask();
}

if (nearby.size) {
  const channel = new BroadcastChannel('fleet-events');
  channel.onmessage = (event) => hear(event.data);
  const lead = () => {
    listen((news) => {
      hear(news);
      channel.postMessage(news);
    });
    return new Promise(() => {});
  };
  if (navigator.locks) navigator.locks.request('fleet-events', lead);
  else lead();
  setInterval(tick, TICK_MS);
  document.addEventListener('visibilitychange', () => document.hidden || ask());
  if (document.querySelector('[data-heard]')) poll();
}
