// What every page is made lively by.
import "./times.js";
import "./live.js";
import "./filter.js";
import "./keys.js";
