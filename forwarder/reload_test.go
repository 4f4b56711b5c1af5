package forwarder

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/relay"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/trust/trusttest"
)

// shownCertificates are the serial numbers of those that clients have shown to a server.
type shownCertificates struct {
	mu  sync.Mutex
	all []string
}

// require makes a server want a certificate of the authority from its clients.
func (s *shownCertificates) require(a *trusttest.Authority, c *tls.Config) {
	c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, a.Pool()
	c.VerifyPeerCertificate = func(_ [][]byte, chains [][]*x509.Certificate) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all = append(s.all, chains[0][0].SerialNumber.String())
		return nil
	}
}

func (s *shownCertificates) list() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.all, " ")
}

// runService runs the site's service until stop is called.
func (s *site) runService() (service *Service, stop func()) {
	s.t.Helper()
	service, err := NewService(ServiceOptions{Deliver: s.o})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(s.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()
	return service, func() {
		s.t.Helper()
		cancel()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
	}
}

// TestReloadTakesRenewedCertificates: a reload connects anew with a certificate that
// has been renewed, rejects one that cannot be used, and leaves the connections of
// other relays, and of this one where nothing has changed, alone. No line is lost or
// comes twice.
func TestReloadTakesRenewedCertificates(t *testing.T) {
	t.Parallel()
	a := trusttest.Shared(t)
	var shown, other shownCertificates
	c, d := testbed.NewCentralOver(t, "tls"), testbed.NewCentralOver(t, "tls")
	shown.require(a, c.Config)
	other.require(a, d.Config)
	renewed, kept := t.TempDir(), t.TempDir()
	first := a.Sign(t, nil)
	r, k := relayTo(c, "renewed"), relayTo(d, "kept")
	r.TLS.CertFile, r.TLS.KeyFile = trusttest.WritePair(t, renewed, first)
	k.TLS.CertFile, k.TLS.KeyFile = trusttest.WritePair(t, kept, a.Sign(t, nil))
	s := newSite(t, r, k)
	service, stop := s.runService()
	w := s.writer("access")
	total := 0
	pass := func() {
		t.Helper()
		for range 10 {
			w.Lines(100)
			total += 100
		}
		testbed.Eventually(t, "lines at both servers", func() bool { return c.Count() >= total && d.Count() >= total })
	}
	pass()
	s.o.Info.Loaded = time.Now()
	if err := service.Reload(t.Context(), s.o); err != nil { // nothing has changed
		t.Fatal(err)
	}
	if st, err := status.Read(s.o.StateDir); err != nil || !st.Delivery.Loaded.Equal(s.o.Info.Loaded) {
		t.Errorf("status after the reload: loaded %v, want %v; %v", st.Delivery.Loaded, s.o.Info.Loaded, err)
	}
	pass()
	second := a.Sign(t, nil)
	trusttest.WritePair(t, renewed, second)
	if err := service.Reload(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	pass()
	if err := os.WriteFile(r.TLS.CertFile, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := service.Reload(t.Context(), s.o); err == nil || !strings.Contains(err.Error(), "relay renewed: cert_file "+r.TLS.CertFile) {
		t.Errorf("the broken certificate: %v", err)
	}
	pass()
	stop()
	if got, want := shown.list(), first.Leaf.SerialNumber.String()+" "+second.Leaf.SerialNumber.String(); got != want {
		t.Errorf("certificates shown: %s, want %s", got, want)
	}
	if n := len(strings.Fields(other.list())); n != 1 {
		t.Errorf("%d connections of the relay that nothing has changed for", n)
	}
	for _, server := range []*testbed.Central{c, d} {
		if n := testbed.CheckRepeats(t, server.Messages(), "access", total); n > 0 {
			t.Errorf("%d lines came twice", n)
		}
	}
}

// TestReloadThatFails leaves everything as it was.
func TestReloadThatFails(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	s := newSite(t, relayTo(c, "central"))
	service, stop := s.runService()
	w := s.writer("access")
	w.Lines(10)
	other := s.o
	other.Set.Config, other.Set.Digest, other.Set.Relays, other.Relays = "another file", "2", nil, nil
	if err := service.Reload(t.Context(), other); err == nil {
		t.Error("the consumers of another file were taken over")
	}
	none := s.o
	none.Relays = []relay.Options{{Name: "central"}}
	if err := service.Reload(t.Context(), none); err == nil {
		t.Error("a relay without a server was taken over")
	}
	w.Lines(10)
	s.awaitStatus("all lines", func(st status.Status) bool {
		return st.Relays[0].Lines >= 20 && st.Streams[0].Local == 20 && st.Relays[0].Backlog.Lines == 0
	})
	stop()
	if testbed.CheckRepeats(t, c.Messages(), "access", 20) > 0 {
		t.Error("lines came twice")
	}
	if err := service.Reload(t.Context(), s.o); err == nil {
		t.Error("a service that has ended was reloaded")
	}
}

// TestReloadKnowsTheSpool: a relay that is added gets nothing from before, of files too
// that nobody had noticed yet.
func TestReloadKnowsTheSpool(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	s := newSite(t)
	if err := s.o.StateDir.Make(); err != nil {
		t.Fatal(err)
	}
	lock, err := lockDelivery(t.Context(), s.o.StateDir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	known := s.writer("error")
	known.Lines(1)
	d, err := newDeliverer(s.o, lock, audit.New(audit.Options{StateDir: s.o.StateDir, RollSize: 1 << 20}))
	if err != nil {
		t.Fatal(err)
	}
	for c := range d.consumers.Load().all() {
		c.Start()
	}
	w := s.writer("access")
	w.Lines(10)
	o := s.o
	o.Relays, o.Set.Relays, o.Set.Digest = []relay.Options{relayTo(c, "added")}, []string{"added"}, "2"
	if err := d.reload(o); err != nil {
		t.Fatal(err)
	}
	w.Lines(10)
	known.Lines(1)
	for _, f := range d.catalog.Files() {
		if f.ID.Writer == known.W.ID() {
			f.Touch()
		}
	}
	d.watcher.wake()
	testbed.Eventually(t, "a line of the file that was known", func() bool { return c.Count() > 0 })
	d.watcher.refresh()
	testbed.Eventually(t, "the lines after the reload", func() bool { return c.Count() >= 11 })
	d.stopAll(slices.Collect(d.consumers.Load().all()))
	for i, m := range slices.DeleteFunc(c.Lines(), func(m testbed.Message) bool { return m.Stream != "access" }) {
		if want := fmt.Sprintf("line %d", 11+i); m.Text != want {
			t.Fatalf("%q, not %q", m.Text, want)
		}
	}
}

// TestManyReloads: nothing is left of relays that come and go, and a relay that stays
// neither loses nor repeats a line meanwhile.
func TestManyReloads(t *testing.T) {
	const reloads = 200
	kept, other := testbed.NewCentral(t), testbed.NewCentral(t)
	s := newSite(t, relayTo(kept, "kept"))
	service, stop := s.runService()
	w := s.writer("access")
	digest := 1
	reload := func(relays ...relay.Options) {
		t.Helper()
		o := s.o
		o.Relays, o.Set.Relays = relays, nil
		for _, r := range relays {
			o.Set.Relays = append(o.Set.Relays, r.Name)
		}
		digest++
		o.Set.Digest = strconv.Itoa(digest)
		if err := service.Reload(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	var goroutines, files int
	for i := range reloads / 2 {
		w.Lines(10)
		reload(s.o.Relays[0], relayTo(other, "other"))
		w.Lines(10)
		reload(s.o.Relays[0])
		if i == 4 {
			goroutines, files = runtime.NumGoroutine(), openFiles(t)
		}
	}
	const some = 10 // of the test's servers, and those that are just ending
	testbed.Eventually(t, "the end of what belonged to relays that have gone", func() bool {
		return runtime.NumGoroutine() <= goroutines+some && openFiles(t) <= files+some
	})
	n := reloads * 10
	testbed.Eventually(t, "all lines", func() bool { return kept.Count() >= n })
	stop()
	if n := testbed.CheckRepeats(t, kept.Messages(), "access", n); n > 0 {
		t.Errorf("%d lines came twice", n)
	}
	if got := s.local("access_log"); got != testbed.Numbered(1, n) {
		t.Errorf("%d bytes in the local log", len(got))
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// TestReloadTakesRevocationLists: a reload with a list that has the server's certificate
// leaves the server, at once, and lines wait; with the next one that has not they arrive.
func TestReloadTakesRevocationLists(t *testing.T) {
	t.Parallel()
	a := trusttest.Shared(t)
	c := testbed.NewCentralOver(t, "tls")
	o := relayTo(c, "central")
	o.TLS.CRLFile = trusttest.Write(t, filepath.Join(t.TempDir(), "crl"), a.Revoke(t, nil))
	s := newSite(t, o)
	service, stop := s.runService()
	w := s.writer("access")
	w.Lines(100)
	testbed.Eventually(t, "lines at the server", func() bool { return c.Count() == 100 })
	reload := func(list []byte) {
		t.Helper()
		trusttest.Write(t, o.TLS.CRLFile, list)
		if err := service.Reload(t.Context(), s.o); err != nil {
			t.Fatal(err)
		}
	}
	reload(a.Revoke(t, nil, c.Config.Certificates[0]))
	testbed.Eventually(t, "an event", func() bool {
		return strings.Contains(s.local("audit_log"), "crl_file "+o.TLS.CRLFile+": the server's certificate (CN=log server, serial number ")
	})
	w.Lines(100)
	testbed.Eventually(t, "the local log has them", func() bool { return strings.Contains(s.local("access_log"), "line 200\n") })
	if n := c.Count(); n != 100 {
		t.Errorf("%d lines at a server whose certificate is revoked", n)
	}
	reload(a.Revoke(t, nil))
	testbed.Eventually(t, "the rest at the server", func() bool { return c.Count() >= 200 })
	w.Close()
	stop()
	testbed.CheckRepeats(t, c.Messages(), "access", 200)
	if n := c.Count(); n != 200 {
		t.Errorf("%d lines, want 200", n)
	}
}
