import { matrix } from "../matrix.mjs";

matrix("phoenix-1.6.16");
