// Unsent text on this device: small, dated, and dropped after two weeks.
const PREFIX = "triaje:kept:";
const DAYS = 14 * 24 * 3600 * 1000;

export function keep(key, value) {
  try {
    if (Object.values(value).every((v) => !v)) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, JSON.stringify({ at: Date.now(), value }));
    return true;
  } catch { return false; }
}

export function kept(key) {
  try {
    const entry = JSON.parse(localStorage.getItem(PREFIX + key));
    return entry && Date.now() - entry.at < DAYS ? entry.value : null;
  } catch { return null; }
}

// When the text of a key was kept, in milliseconds; 0 where there is none.
export function keptAt(key) {
  try { return JSON.parse(localStorage.getItem(PREFIX + key))?.at ?? 0; } catch { return 0; }
}

export function forget(key) {
  try { localStorage.removeItem(PREFIX + key); } catch { /* storage is closed: nothing was kept */ }
}

export function sweep() {
  try {
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith(PREFIX) && Date.now() - (JSON.parse(localStorage.getItem(name))?.at ?? 0) > DAYS) localStorage.removeItem(name);
    }
  } catch { /* the same */ }
}
