import { matrix } from "../matrix.mjs";

matrix("phoenix-1.5.14");
