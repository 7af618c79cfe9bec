import { matrix } from "../matrix.mjs";

matrix("supabase-2.15.5");
