import { matrix } from "../matrix.mjs";

matrix("phoenix-channels-1.0.0");
