package phoenixtest

import "time"

// FunctionsOf returns how the names of a module's functions begin.
var FunctionsOf = functionsOf

// HavePatience has Main wait that long for goroutines to end.
func HavePatience(d time.Duration) { patience = d }
