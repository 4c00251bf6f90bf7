// The desk in the background: shows what is pushed, and leads to its ticket. It keeps no pages and answers no requests.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let told = {};
  try { told = event.data.json(); } catch { /* a browser must show something for every push */ }
  event.waitUntil(self.registration.showNotification(told.title || "Triaje", {
    body: told.body || "", tag: told.tag, renotify: Boolean(told.tag), data: { url: told.url || "/agent/notifications" },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data?.url || "/agent", self.location.origin);
  if (url.origin !== self.location.origin) return;
  event.waitUntil((async () => {
    const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const here = open.find((one) => new URL(one.url).pathname === url.pathname);
    if (here) return here.focus();
    return self.clients.openWindow(url.href);
  })());
});
