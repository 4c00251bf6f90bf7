import { Controller } from "@hotwired/stimulus";

// Says every fifteen seconds that this person looks or writes, and shows who else does.
export default class extends Controller {
  static values = { url: String, number: String };

  connect() {
    this.state = "looking";
    this.say();
    this.timer = setInterval(() => this.say(), 15000);
    this.heard = () => this.show(fetch(this.urlValue, { headers: { Accept: "text/html" } }));
    this.wrote = () => this.write();
    this.left = () => this.leave();
    document.body.addEventListener(`desk:presence-${this.numberValue}`, this.heard);
    document.addEventListener("desk:writing", this.wrote);
    window.addEventListener("pagehide", this.left);
  }
  disconnect() {
    clearInterval(this.timer);
    clearTimeout(this.rest);
    document.body.removeEventListener(`desk:presence-${this.numberValue}`, this.heard);
    document.removeEventListener("desk:writing", this.wrote);
    window.removeEventListener("pagehide", this.left);
    this.leave();
  }
  write() {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => { this.state = "looking"; this.say(); }, 8000);
    if (this.state === "writing") return;
    this.state = "writing";
    this.say();
  }
  say() {
    if (document.hidden) return;
    this.show(this.post(this.state));
  }
  leave() { this.post("gone").catch(() => {}); }
  post(state) {
    const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
    const body = new URLSearchParams({ state });
    return fetch(this.urlValue, { method: "POST", body, keepalive: true, headers: { "X-CSRF-Token": token } });
  }
  show(asked) {
    asked.then((answer) => (answer.ok ? answer.text() : null))
      .then((html) => { if (html !== null && this.element.isConnected && this.element.innerHTML !== html) this.element.innerHTML = html; })
      .catch(() => {});
  }
}
