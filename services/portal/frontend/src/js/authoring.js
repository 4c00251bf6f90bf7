// The article editor and the section tree.
import Markdown from "./controllers/markdown.js";
import Order from "./controllers/order.js";

const { app } = window.desk;
app.register("markdown", Markdown);
app.register("order", Order);
