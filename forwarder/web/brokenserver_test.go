package web

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// brokenServer is a server that breaks off its connections while it is broken.
type brokenServer struct{ broken atomic.Bool }

func (b *brokenServer) set(broken bool) { b.broken.Store(broken) }

func (b *brokenServer) serve(t *testing.T, h http.Handler) (url string) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b.broken.Load() {
			panic(http.ErrAbortHandler)
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}
