import { matrix } from "../matrix.mjs";

matrix("phoenix-1.3.0");
