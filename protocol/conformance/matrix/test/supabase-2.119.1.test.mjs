import { matrix } from "../matrix.mjs";

matrix("supabase-2.119.1");
