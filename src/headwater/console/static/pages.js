// Every page of the console, in the order of the menu. A page is one file in pages/, and one line
// here. It exports
//
//   id      the first word of its address        title  in the menu
//   key     behind g: its shortcut                icon   a path of 24 units
//   needs   "admin" where only a node has what it shows; left out otherwise
//   when    of the session, whether it is offered at all; left out: always
//   open    called with a View (view.js): draws, and registers what ends with it

import alarms from "./pages/alarms.js";
import clock from "./pages/clock.js";
import functions from "./pages/functions.js";
import mappings from "./pages/mappings.js";
import overview from "./pages/overview.js";
import regions from "./pages/regions.js";
import stream from "./pages/stream.js";
import tables from "./pages/tables.js";
import views from "./pages/views.js";

export const PAGES = [overview, tables, stream, views, mappings, functions, regions, alarms, clock];
