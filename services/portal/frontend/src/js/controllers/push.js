import { Controller } from "@hotwired/stimulus";

// Lets this browser be told of what is urgent while no page is open, and says how things stand.
export default class extends Controller {
  static targets = ["ask", "denied", "missing", "here", "form"];
  static values = { key: String, marks: Array };

  async connect() {
    if (!("serviceWorker" in navigator && "PushManager" in window)) { this.missingTarget.hidden = false; return; }
    if (Notification.permission === "denied") { this.deniedTarget.hidden = false; return; }
    const registered = await navigator.serviceWorker.getRegistration("/");
    const subscription = await registered?.pushManager.getSubscription();
    const mark = subscription && await digest(subscription.endpoint);
    this.mine = mark;
    for (const row of this.hereTargets) row.hidden = row.dataset.mark !== mark;
    this.askTarget.hidden = this.marksValue.includes(mark);
  }

  async enable(event) {
    event.preventDefault();
    const button = event.currentTarget;
    button.disabled = true;
    try {
      if (await Notification.requestPermission() !== "granted") {
        this.deniedTarget.hidden = false;
        this.askTarget.hidden = true;
        return;
      }
      await navigator.serviceWorker.register("/sw.js", { scope: "/" });
      const worker = await navigator.serviceWorker.ready;
      // One that was made for another key of the desk could not be sent to.
      await (await worker.pushManager.getSubscription())?.unsubscribe();
      const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(this.keyValue) });
      const { endpoint, keys } = subscription.toJSON();
      const fields = { endpoint, p256dh: keys.p256dh, auth: keys.auth, device: device() };
      for (const [name, value] of Object.entries(fields)) this.formTarget.elements[name].value = value;
      this.formTarget.submit();
    } catch {
      window.desk.say(document.body.dataset.sayError, "danger");
    } finally {
      button.disabled = false;
    }
  }

  // What the desk forgets, this browser forgets, too.
  async leave(event) {
    if (event.params.mark !== this.mine) return;
    const registered = await navigator.serviceWorker.getRegistration("/");
    await (await registered?.pushManager.getSubscription())?.unsubscribe();
  }
}

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

async function digest(text) {
  const sum = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(sum)].map((b) => b.toString(16).padStart(2, "0")).join("");
}

function device() {
  const agent = navigator.userAgent;
  const browser = ["Edg", "OPR", "Firefox", "Chrome", "Safari"].find((name) => agent.includes(`${name}/`)) ?? "";
  const system = ["Android", "iPhone", "iPad", "Windows", "Mac", "Linux"].find((name) => agent.includes(name)) ?? "";
  return [{ Edg: "Edge", OPR: "Opera" }[browser] ?? browser, system].filter(Boolean).join(" · ");
}
