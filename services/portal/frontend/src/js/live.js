// Live updates. An event names a thing and its version; elements fetch their own partial when they hear of it:
//   <body data-live="tickets">, then hx-trigger="desk:tickets from:body throttle:1s" for any ticket,
//   or "desk:ticket-1042 from:body" for one.
// The stream ends after some minutes by design and is opened again; while the tab is hidden it is closed.
const newest = new Map();

// Whether a newer version of a ticket was announced than the one on the page, which was then on its way.
export const outdated = (id, version) => (newest.get(id) ?? 0) > version;

export function listen() {
  const topics = document.body.dataset.live;
  if (!topics) return;
  let source = null, wait = 1000, timer = 0, last = document.body.dataset.liveSince || "";

  const open = () => {
    clearTimeout(timer);
    if (document.hidden || source) return;
    const since = last ? `&since=${encodeURIComponent(last)}` : "";
    source = new EventSource(`/live?topics=${encodeURIComponent(topics)}${since}`);
    source.onopen = () => { wait = 1000; document.body.dataset.liveState = "open"; };
    source.onmessage = (event) => {
      if (event.lastEventId) last = event.lastEventId;
      let detail;
      try { detail = JSON.parse(event.data); } catch { return; }
      if (detail.kind === "reset") { refresh(); return; }
      if (detail.kind === "presence") { tell(`presence-${detail.id}`, detail); return; }
      newest.set(detail.id, Math.max(newest.get(detail.id) ?? 0, detail.version));
      tell("tickets", detail);
      tell(`ticket-${detail.id}`, detail);
    };
    source.onerror = () => {
      close();
      document.body.dataset.liveState = "waiting";
      timer = setTimeout(open, wait * (0.7 + Math.random() * 0.6));
      wait = Math.min(wait * 2, 30000);
    };
  };
  const tell = (name, detail) => document.body.dispatchEvent(new CustomEvent(`desk:${name}`, { detail }));
  // Whatever was missed: every live part of the page asks anew.
  const refresh = () => {
    tell("tickets", {});
    const one = document.querySelector("[data-ticket]")?.dataset.ticket;
    if (one) tell(`ticket-${one}`, {});
  };
  const close = () => { source?.close(); source = null; };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { close(); return; }
    open();
    refresh();
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  open();
}
