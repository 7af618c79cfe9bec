import { matrix } from "../matrix.mjs";

matrix("phoenix-1.7.23");
