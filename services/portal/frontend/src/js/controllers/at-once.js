import { Controller } from "@hotwired/stimulus";

// A choice that is sent as soon as it is made; without script its form has a button.
export default class extends Controller {
  send() { this.element.form.requestSubmit(); }
}
