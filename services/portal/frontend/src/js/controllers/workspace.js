import { Controller } from "@hotwired/stimulus";
import { tinykeys } from "tinykeys";

// The keyboard of the agent workspace. Keys act where nobody is typing; Escape leaves a field.
export default class extends Controller {
  static targets = ["row"];

  connect() {
    const quiet = (run) => (event) => {
      if (event.target.closest("input:not([type=radio]), textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
      if (run.call(this, event) !== false) event.preventDefault();
    };
    this.release = tinykeys(window, {
      j: quiet(() => this.move(1)), k: quiet(() => this.move(-1)),
      r: quiet(() => this.composer?.focus("reply")), n: quiet(() => this.composer?.focus("note")),
      d: quiet(() => this.composer?.take()),
      a: quiet(() => this.show("pick-assignee")), "Shift+A": quiet(() => this.press("[data-take-advice]")), c: quiet(() => this.show("pick-category")),
      p: quiet(() => this.show("pick-priority")), s: quiet(() => this.show("pick-status")),
      t: quiet(() => this.show("pick-tags")), m: quiet(() => this.show("pick-macro")),
      w: quiet(() => this.why()),
      x: quiet(() => this.toggle()), "Shift+X": quiet(() => this.toggleAll()), b: quiet(() => this.bulk()),
      z: quiet(() => this.undo()), l: quiet(() => this.focusOn("#together-do")),
      Enter: quiet((event) => (event.target.closest("a, button, summary") ? false : this.accept())),
      1: quiet(() => this.pick(1)), 2: quiet(() => this.pick(2)), 3: quiet(() => this.pick(3)),
      "/": quiet(() => document.getElementById("queue-search")?.focus()),
      "Shift+?": quiet(() => this.show("keys-help")),
      "g i": quiet(() => this.go("mine")), "g u": quiet(() => this.go("unassigned")), "g t": quiet(() => this.go("triage")),
      ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => [`Alt+Digit${n}`, (event) => this.bound(event, n)])),
      "$mod+k": (event) => { event.preventDefault(); this.show("palette"); },
      Escape: (event) => { if (event.target.closest("textarea, input") && !document.querySelector("dialog[open]")) event.target.blur(); },
    }, { ignore: (event) => event.repeat || event.isComposing });  // Escape and the palette work in fields, too
    this.mark = (event) => {
      this.select();
      this.grant();
      if (event.detail?.ctx?.target?.id === "stage") this.catchUp();
    };
    document.addEventListener("htmx:after:swap", this.mark);
    // A list that is open is not exchanged under the hand: the new one is fetched when it closes.
    this.hold = (event) => {
      if (event.detail.ctx?.target?.id !== "pickers" || !document.querySelector("#pickers dialog[open]")) return;
      event.preventDefault();
      this.stale = true;
    };
    this.renew = (event) => {
      if (event?.target?.id === "pick-macro" && this.typed) setTimeout(() => { if (this.typed) this.composer?.name(this.typed); this.typed = ""; });
      const loader = this.stale && document.querySelector("[data-loads-pickers]");
      this.stale = false;
      if (loader) window.htmx.trigger(loader, "renew");
    };
    // While a change of a field is on its way, the page does not show yet what the next one would change.
    this.changing = 0;
    const changes = (event) => event.detail.ctx?.request.action.endsWith("/fields");
    this.leaves = (event) => { if (changes(event)) this.changing += 1; };
    this.lands = (event) => { if (changes(event)) { this.changing -= 1; this.grant(); } };
    document.addEventListener("htmx:before:request", this.leaves);
    document.addEventListener("htmx:finally:request", this.lands);
    this.wished = (event) => { this.typed = event.detail.typed; this.show(event.detail.dialog); };
    document.addEventListener("composer:wish", this.wished);
    this.element.addEventListener("submit", () => { this.typed = ""; });
    document.addEventListener("htmx:before:swap", this.hold);
    document.addEventListener("close", this.renew, true);
  }
  disconnect() {
    this.release?.();
    this.forget();
    document.removeEventListener("composer:wish", this.wished);
    document.removeEventListener("htmx:before:request", this.leaves);
    document.removeEventListener("htmx:finally:request", this.lands);
    document.removeEventListener("htmx:before:swap", this.hold);
    document.removeEventListener("close", this.renew, true);
    document.removeEventListener("htmx:after:swap", this.mark);
  }

  // The open ticket's row is the current one, also after the list was fetched anew.
  select() {
    const number = this.number;
    for (const row of this.rowTargets) {
      if (row.dataset.number === number) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
    this.element.classList.toggle("desk--open", Boolean(number));
  }
  // What was announced while the ticket was on its way to the page is asked for now.
  catchUp() {
    const shown = document.querySelector("#stage [data-version]");
    if (!shown || !window.desk.outdated(this.number, Number(shown.dataset.version))) return;
    document.body.dispatchEvent(new CustomEvent(`desk:ticket-${this.number}`));
  }
  move(step) {
    const rows = this.rowTargets;
    if (!rows.length) return;
    const now = rows.indexOf(document.activeElement);
    const current = now >= 0 ? now : rows.findIndex((row) => row.hasAttribute("aria-current"));
    rows[Math.max(0, Math.min(rows.length - 1, current + step))].focus();
  }
  show(id) {
    const dialog = this.ready(id);
    if (!dialog) return this.number ? this.await(id) : false;
    const keys = this.forget();
    if (dialog.open) return true;
    // What the person saw is what the head shows: the lists may be of a moment before.
    const seen = dialog.querySelector("input[name=seen]");
    const chip = document.querySelector(`#case-head [data-workspace-dialog-param="${id}"]`);
    if (seen && chip) seen.value = chip.dataset.seen;
    dialog.showModal();
    if (id.startsWith("pick-")) document.dispatchEvent(new CustomEvent("desk:writing"));
    this.replay(this.picker(dialog)?.begin(keys) ?? []);
    return true;
  }
  // What was typed after a choice is for the page again, or for the list that its first key asks for; and what is
  // typed meanwhile comes after it.
  replay(keys) {
    if (!keys.length) return;
    this.await(null, keys);
    setTimeout(() => {
      const [key, ...rest] = this.forget();
      if (key) document.body.dispatchEvent(new KeyboardEvent(key.type, key));
      const open = document.querySelector("dialog[open]");
      if (this.wish) this.wish.keys.push(...rest);
      else this.replay(open ? this.picker(open)?.begin(rest) ?? [] : rest);
    });
  }
  picker(dialog) { return this.application.getControllerForElementAndIdentifier(dialog, "picker"); }
  // The lists of a ticket arrive a moment after it. Whoever was quicker types on: the keys are for the list that was
  // asked for, and none of them is taken for a command.
  await(id, keys = []) {
    this.forget();
    const number = this.number;
    const keep = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea")) return;
      if (this.number !== number || event.key === "Escape") { this.forget(); return; }
      if (event.key.length > 1 && !["Enter", "Backspace", "ArrowDown", "ArrowUp"].includes(event.key)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      keys.push(event);
    };
    const leave = () => this.forget();
    const late = setTimeout(leave, 10_000);  // they do not come: the keys are commands again
    addEventListener("keydown", keep, true);
    addEventListener("pointerdown", leave, true);
    this.wish = { id, keys, end: () => {
      clearTimeout(late);
      removeEventListener("keydown", keep, true);
      removeEventListener("pointerdown", leave, true);
    } };
    return true;
  }
  // A list is there, and connected in a moment.
  grant() { setTimeout(() => { if (this.wish && this.ready(this.wish.id)) this.show(this.wish.id); }); }
  // The wish is over; returns the keys that were typed for it.
  forget() {
    const { keys = [], end } = this.wish ?? {};
    this.wish = null;
    end?.();
    return keys;
  }
  // A list is ready when it is there, belongs to the ticket on screen, and no change of a field is on its way.
  ready(id) {
    const dialog = document.getElementById(id), owner = dialog?.closest("#pickers-of")?.dataset.number;
    if (!dialog || (dialog.dataset.controller === "picker" && !this.picker(dialog))) return null;
    return owner === undefined || (owner === this.number && !this.changing) ? dialog : null;
  }
  get number() { return document.querySelector("#stage [data-ticket]")?.dataset.ticket; }
  // Selecting: the focused row, else the open one.
  toggle() {
    const row = this.rowTargets.find((r) => r === document.activeElement) ?? this.rowTargets.find((r) => r.hasAttribute("aria-current"));
    const box = row?.parentElement.querySelector(".qrow-pick");
    if (!box) return false;
    box.checked = !box.checked;
    return true;
  }
  toggleAll() {
    const boxes = [...this.element.querySelectorAll(".qrow-pick")];
    const on = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = on;
  }
  unpick(event) {
    if (event.target.id !== "bulk-form") return;
    for (const box of this.element.querySelectorAll(".qrow-pick:checked")) box.checked = false;
    const select = event.target.querySelector("select");
    select.value = "";
    const row = this.rowTargets.find((r) => r.hasAttribute("aria-current")) ?? this.rowTargets[0];
    if (select.contains(document.activeElement) || event.target.contains(document.activeElement)) row?.focus();
  }
  bulk() { return this.element.querySelector(".qrow-pick:checked") ? this.focusOn("#bulk-act") : false; }
  // A macro by its digit, also while one writes: it goes in where the cursor is.
  bound(event, n) {
    if (document.querySelector("dialog[open]") || this.ready("pick-macro") === null) return;
    const option = document.querySelector(`#pick-macro [data-hotkey="${n}"]`);
    if (!option) return;
    event.preventDefault();
    option.click();
  }
  undo() {
    // A reply that waits comes before what was done to many.
    const button = [...document.querySelectorAll("[data-undo]")].filter((one) => one.offsetParent).at(-1);
    button?.click();
    return Boolean(button);
  }
  focusOn(selector) {
    const field = document.querySelector(selector);
    field?.focus();
    field?.scrollIntoView({ block: "nearest" });
    return Boolean(field);
  }
  submit(event) { event.target.form.requestSubmit(); }
  open(event) { this.show(event.params.dialog); }
  command(event) {
    document.getElementById("palette")?.close();
    this.show(event.params.dialog);
  }
  unfold(event) {
    const button = event.currentTarget, part = document.getElementById(button.getAttribute("aria-controls"));
    part.hidden = !part.hidden;
    button.setAttribute("aria-expanded", String(!part.hidden));
  }
  why() { return this.press("[data-why]"); }
  accept() { return this.press("[data-accept]"); }
  pick(n) { return this.press(`[data-pick="${n}"]`); }
  press(selector) {
    const button = document.querySelector(selector);
    button?.click();
    return Boolean(button);
  }
  go(view) { location.assign(`/agent?view=${view}`); }
  macro(event) {
    event.preventDefault();
    const { url, id } = event.params, slash = this.typed;
    this.typed = "";
    document.getElementById("pick-macro")?.close();
    fetch(url, { headers: { Accept: "application/json" } })
      .then((response) => { if (!response.ok) throw new Error(response.status); return response.json(); })
      .then((macro) => {
        const composer = this.composer, field = document.getElementById("macro-used");
        if (!slash && !composer?.textTarget.value.trim()) composer?.focus("reply");
        composer?.insert(macro.text);
        if (field) field.value = field.value ? `${field.value},${id}` : id;
      })
      .catch(() => window.desk.say(document.body.dataset.sayError, "danger"));
  }
  link(event) {
    event.preventDefault();
    if (!this.composer?.textTarget.value.trim()) this.composer?.focus("reply");
    this.composer?.insert(event.params.text);
  }
  mention(event) {
    event.preventDefault();
    document.getElementById("pick-mention")?.close();
    this.composer?.name(`${event.params.name} `);
  }
  get composer() {
    const form = document.getElementById("composer");
    return form && this.application.getControllerForElementAndIdentifier(form, "composer");
  }
}
