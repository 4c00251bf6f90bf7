// The promise curve: coverage at each promised precision, with the point that the admin chooses.
// The numbers are in the table beside it; this draws them.
import uPlot from "uplot";

const tone = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const probe = document.createElement("canvas").getContext("2d");
const colour = (name) => {
  const element = document.createElement("span");
  element.style.color = `var(${name})`;
  document.body.append(element);
  const value = getComputedStyle(element).color;
  element.remove();
  probe.fillStyle = value;
  return value || tone(name);
};

function draw(figure) {
  const points = JSON.parse(figure.dataset.points);
  if (points.length < 2) return;
  const number = new Intl.NumberFormat(document.documentElement.lang, { style: "percent", maximumFractionDigits: 0 });
  const slider = document.getElementById(figure.dataset.slider);
  const accent = colour("--accent"), faint = colour("--ink-soft"), line = colour("--line");
  const axis = { stroke: faint, font: "11px Inter Variable, sans-serif", grid: { stroke: line, width: 1 }, ticks: { show: false }, gap: 6 };
  const promise = () => Number(slider?.value ?? figure.dataset.promise);
  const atPoint = {
    hooks: {
      draw: (plot) => {
        const x = plot.valToPos(promise(), "x", true), y = plot.valToPos(coverage(points, promise()), "y", true);
        const { ctx, bbox } = plot;
        ctx.save();
        ctx.strokeStyle = accent; ctx.lineWidth = devicePixelRatio; ctx.setLineDash([3 * devicePixelRatio, 4 * devicePixelRatio]);
        ctx.beginPath(); ctx.moveTo(x, y); ctx.lineTo(x, bbox.top + bbox.height); ctx.stroke();
        ctx.setLineDash([]); ctx.fillStyle = colour("--paper"); ctx.lineWidth = 3 * devicePixelRatio;
        ctx.beginPath(); ctx.arc(x, y, 6 * devicePixelRatio, 0, Math.PI * 2); ctx.fill(); ctx.stroke();
        ctx.restore();
      },
    },
  };
  const plot = new uPlot({
    width: figure.clientWidth, height: 250, legend: { show: false }, cursor: { show: false }, padding: [10, 16, 0, 0], plugins: [atPoint],
    scales: { x: { time: false, range: [points[0][0], Math.max(0.995, points.at(-1)[0])] }, y: { range: [0, 1.02] } },
    axes: [{ ...axis, grid: { show: false }, values: (_, ticks) => ticks.map((t) => number.format(t)) }, { ...axis, size: 44, values: (_, ticks) => ticks.map((t) => number.format(t)) }],
    series: [{}, { stroke: accent, width: 2.5, fill: colour("--accent-wash"), points: { show: false } }],
  }, [points.map((p) => p[0]), points.map((p) => p[1])], figure);
  new ResizeObserver(() => plot.setSize({ width: figure.clientWidth, height: 250 })).observe(figure);
  slider?.addEventListener("input", () => {
    plot.redraw(false);
    const out = document.getElementById(figure.dataset.output);
    const one = new Intl.NumberFormat(document.documentElement.lang, { style: "percent", maximumFractionDigits: 1 });
    if (out) out.textContent = one.format(promise());
    const share = document.getElementById(figure.dataset.share);
    if (share) share.textContent = number.format(coverage(points, promise()));
  });
}

function coverage(points, precision) {
  for (let i = 1; i < points.length; i++) {
    const [x0, y0] = points[i - 1], [x1, y1] = points[i];
    if (precision <= x1) return x1 === x0 ? y1 : y0 + ((y1 - y0) * Math.max(0, precision - x0)) / (x1 - x0);
  }
  return precision > points.at(-1)[0] ? 0 : points.at(-1)[1];
}

for (const figure of document.querySelectorAll("[data-points]")) draw(figure);
