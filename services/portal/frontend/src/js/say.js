// A short message at the foot of the page, read out by screen readers and gone after a while.
export function say(text, tone = "good") {
  const place = document.getElementById("toasts");
  if (!place || !text) return;
  const toast = document.createElement("div");
  toast.className = `toast toast--${tone}`;
  toast.setAttribute("role", tone === "danger" ? "alert" : "status");
  toast.dataset.controller = "toast";
  toast.textContent = text;
  place.replaceChildren(toast);
}
