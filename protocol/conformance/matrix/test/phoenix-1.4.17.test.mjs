import { matrix } from "../matrix.mjs";

matrix("phoenix-1.4.17");
