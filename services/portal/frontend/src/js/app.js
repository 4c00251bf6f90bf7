// Every page: htmx for partial updates, a few small behaviours, live events. Pages work without any of it.
import htmx from "htmx.org";
import { Application } from "@hotwired/stimulus";
import { say } from "./say.js";
import { listen, outdated } from "./live.js";
import { films } from "./film.js";
import AtOnce from "./controllers/at-once.js";
import Keep from "./controllers/keep.js";
import Menu from "./controllers/menu.js";
import Push from "./controllers/push.js";
import Toast from "./controllers/toast.js";

window.htmx = htmx;
const app = Application.start();
app.register("at-once", AtOnce);
app.register("keep", Keep);
app.register("menu", Menu);
app.register("push", Push);
app.register("toast", Toast);
window.desk = { app, htmx, say, outdated };

// The server formats times; it needs the person's zone, and learns it once.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
if (!document.cookie.includes(`tz=${encodeURIComponent(zone)}`)) {
  document.cookie = `tz=${encodeURIComponent(zone)};path=/;max-age=31536000;samesite=lax`;
}

const words = document.body.dataset;
document.addEventListener("htmx:config:request", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  if (token) event.detail.ctx.request.headers["X-CSRF-Token"] = token;
});
document.addEventListener("htmx:response:error", (event) => {
  const { status } = event.detail.ctx.response;
  if (status === 401) location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  else if (status === 409) say(words.sayConflict, "danger");
  else if (status !== 422 && !event.detail.ctx.sourceElement.hasAttribute("data-quiet")) say(words.sayError, "danger");
});
document.addEventListener("htmx:error", (event) => {
  if (event.detail.error?.name === "AbortError" || event.target.closest?.("[data-quiet]")) return;
  say(navigator.onLine ? words.sayError : words.sayOffline, "danger");
});
document.addEventListener("desk:toast", (event) => say(event.detail.text, event.detail.tone));

// On a phone the menu is one line that scrolls sideways: the page that one is on is in sight. The page stays where it is.
const here = document.querySelector(".side-nav [aria-current]"), menu = here?.closest(".side-nav");
if (menu) menu.scrollLeft = here.offsetLeft + here.offsetWidth + 8 - menu.clientWidth;

films();
listen();
