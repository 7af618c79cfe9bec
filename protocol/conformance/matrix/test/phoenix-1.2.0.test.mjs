import { matrix } from "../matrix.mjs";

matrix("phoenix-1.2.0");
