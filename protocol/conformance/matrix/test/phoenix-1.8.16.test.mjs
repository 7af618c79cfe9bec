import { matrix } from "../matrix.mjs";

matrix("phoenix-1.8.16");
