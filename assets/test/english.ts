// Tests without a browser speak English from the start: the build puts this
// before each of them.

import { english } from "../src/words/en";
import { take } from "../src/words/say";

take("en", english);
