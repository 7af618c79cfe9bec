package main

import (
	"expvar"
	"net"
	"net/http"
	"net/http/pprof"
	"time"
)

// debugHandler tells about the process: net/http/pprof, and expvar at
// /debug/vars.
func debugHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.Handle("/debug/vars", expvar.Handler())
	return mux
}

// listenDebug returns nil if there is no address.
func listenDebug(address string) (net.Listener, error) {
	if address == "" {
		return nil, nil
	}
	return net.Listen("tcp", address)
}

// serveDebug serves debugHandler, apart from the laboratory, until stop is
// called.
func serveDebug(listener net.Listener) (stop func()) {
	server := &http.Server{Handler: debugHandler(), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // the laboratory is what matters
	}()
	return func() {
		_ = server.Close()
		<-served
	}
}
