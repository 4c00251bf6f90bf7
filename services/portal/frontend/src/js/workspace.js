// The agent workspace: keys, composer, pickers, sources.
import Composer from "./controllers/composer.js";
import Dirty from "./controllers/dirty.js";
import Picker from "./controllers/picker.js";
import Presence from "./controllers/presence.js";
import Sources from "./controllers/sources.js";
import Talk from "./controllers/talk.js";
import Workspace from "./controllers/workspace.js";
import { sweep } from "./kept.js";

const { app } = window.desk;
app.register("composer", Composer);
app.register("dirty", Dirty);
app.register("picker", Picker);
app.register("presence", Presence);
app.register("sources", Sources);
app.register("talk", Talk);
app.register("workspace", Workspace);
sweep();
