// Runs in the documents that are not the application: they have its theme.

import { followTheme } from "./theme";

followTheme();
