// A larger chart of one metric, opened in place below its line; colours come from the page's own variables.
const charts = new Map();
const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function option(series, unit) {
  const ink = style('--ink2');
  const gap = series.step * 4000;
  const points = [];
  for (const point of series.points) {
    const at = Date.parse(point.at);
    const last = points[points.length - 1];
    if (last && at - last[0] > gap) points.push([last[0] + 1, null]);
    points.push([at, point.value]);
  }
  return {
    animation: false,
    aria: { enabled: true },
    textStyle: { fontFamily: style('--font'), color: ink },
    grid: { left: 56, right: 16, top: 16, bottom: 56 },
    tooltip: { trigger: 'axis', renderMode: 'richText', valueFormatter: (value) => `${value} ${unit}` },
    xAxis: { type: 'time', axisLabel: { color: ink }, axisLine: { lineStyle: { color: style('--edge') } } },
    yAxis: { scale: true, name: unit, axisLabel: { color: ink }, splitLine: { lineStyle: { color: style('--line') } } },
    dataZoom: [{ type: 'inside' }, { type: 'slider', height: 18, bottom: 8 }],
    series: [{ type: 'line', showSymbol: false, data: points, lineStyle: { color: style('--accent'), width: 1.6 } }],
  };
}

async function open(button, place) {
  const { init } = await import(button.dataset.library);
  const answer = await fetch(button.dataset.samples, { headers: { accept: 'application/json' } });
  if (!answer.ok) return;
  const series = await answer.json();
  const chart = init(place);
  const draw = () => chart.setOption(option(series, button.dataset.unit), true);
  draw();
  charts.set(place, draw);
  new ResizeObserver(() => chart.resize()).observe(place);
}

for (const button of document.querySelectorAll('[data-samples]')) {
  button.hidden = false;
  button.addEventListener('click', () => {
    const place = document.getElementById(button.getAttribute('aria-controls'));
    place.hidden = !place.hidden;
    button.setAttribute('aria-expanded', String(!place.hidden));
    if (!place.hidden && !charts.has(place)) open(button, place);
  });
}
addEventListener('themechange', () => charts.forEach((draw) => draw()));
