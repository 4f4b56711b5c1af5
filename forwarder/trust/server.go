package trust

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"
)

// ServerOptions say how we prove to clients who we are, and which clients are let in.
type ServerOptions struct {
	CertFile string // our certificate with its chain, PEM
	KeyFile  string // its key, PEM
	// ClientCAFile has the authorities that a client's certificate may be signed by, PEM. Empty: a client
	// that is named by its fingerprint alone may have signed its certificate itself.
	ClientCAFile string
	// Clients are those that are let in: by a DNS name of their certificate, whose first label may be *
	// for any one label, or by its fingerprint, as in Options. Without any each client of ClientCAFile
	// is, and without that file each client, which then proves nothing.
	Clients []string
}

// Equal reports whether two are the same.
func (o ServerOptions) Equal(p ServerOptions) bool {
	return o.CertFile == p.CertFile && o.KeyFile == p.KeyFile && o.ClientCAFile == p.ClientCAFile && slices.Equal(o.Clients, p.Clients)
}

func (o *ServerOptions) paths() []string { return []string{o.CertFile, o.KeyFile, o.ClientCAFile} }

// Server is what a listener needs for its connections. Its files are read again when they have changed:
// what they have then is in force for the next handshake, and those that cannot be used change nothing.
// Its methods may be called by several goroutines.
type Server struct {
	mu     sync.Mutex
	o      ServerOptions
	keys   *keys      // in force
	seen   []fileMark // of the files, at the last look
	fresh  bool       // the files had changed so lately that they have to be looked at again
	digest string     // of the files, when they were read last
	told   func(renewed *x509.Certificate, err error)

	proven proven // has a lock of its own
}

// keys are what the files had when they were read. A value never changes.
type keys struct {
	config      *tls.Config
	own         *tls.Certificate
	authorities []*x509.Certificate // of ClientCAFile
	clients     []string
}

// NewServer reads the files. An error, of one line, has for each file that cannot be used its key and
// path, and says what to do. told, if not nil, is called when other files are in force, and with an
// error when files that have changed cannot be used: once for each change. It must not call the Server.
func NewServer(o ServerOptions, told func(renewed *x509.Certificate, err error)) (*Server, error) {
	s := &Server{o: o, told: told}
	s.look()
	k, err := o.read()
	if err != nil {
		return nil, err
	}
	s.keys, s.digest = k, digest(o.paths()...)
	return s, nil
}

// read reads the files.
func (o *ServerOptions) read() (*keys, error) {
	k := &keys{clients: o.Clients}
	var all []error
	k.own, all = readIdentity(o.CertFile, o.KeyFile)
	certs, pool, err := readAuthorities("client_ca_file", o.ClientCAFile)
	if err := oneError(append(all, err)); err != nil {
		return nil, err
	}
	k.authorities = certs
	k.config = &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{*k.own},
		ClientCAs:    pool,
		// A session that is resumed would not show its certificate again.
		SessionTicketsDisabled: true,
	}
	switch {
	case pool != nil:
		k.config.ClientAuth = tls.RequireAndVerifyClientCert
	case len(k.clients) > 0:
		k.config.ClientAuth = tls.RequireAnyClientCert
	default:
		return k, nil
	}
	k.config.VerifyConnection = func(c tls.ConnectionState) error {
		_, err := k.name(c.PeerCertificates[0])
		return err
	}
	return k, nil
}

// Set changes the options. With an error all stays as it was.
func (s *Server) Set(o ServerOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.o.Equal(o) {
		return nil
	}
	k, err := o.read()
	if err == nil {
		s.o, s.keys, s.digest = o, k, digest(o.paths()...)
		s.look()
	}
	return err
}

// Refresh reads the files again if they have changed.
func (s *Server) Refresh() { s.current() }

// Certificate is ours that is in force.
func (s *Server) Certificate() *x509.Certificate {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys.own.Leaf
}

// Proven are the clients that have proved their names, and whose certificates expire first, in order. The slice is
// shared.
func (s *Server) Proven(now time.Time) []Proven { return s.proven.next(now) }

// current is what is in force, after a look at the files.
func (s *Server) current() *keys {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.look() {
		return s.keys
	}
	d := digest(s.o.paths()...)
	if d == s.digest {
		return s.keys
	}
	k, err := s.o.read()
	if err != nil && s.fresh {
		return s.keys // one of two files that belong together, perhaps: the next look tells
	}
	s.digest = d
	if err == nil {
		s.keys = k
	}
	if s.told != nil {
		s.told(s.keys.own.Leaf, err)
	}
	return s.keys
}

// fileMark is by what a file is told from the one that was there before.
type fileMark struct {
	dev, ino     uint64
	size         int64
	mtime, ctime syscall.Timespec
}

// settled is the age from which on a file's times tell of each change: two within one tick of the kernel
// have the same.
const settled = time.Second

// look reports whether a file may have changed since the last look. Files that have changed lately are
// looked at again.
func (s *Server) look() bool {
	var marks []fileMark
	again := s.fresh
	s.fresh = false
	for _, path := range s.o.paths() {
		var st syscall.Stat_t
		if path == "" || syscall.Stat(path, &st) != nil {
			st = syscall.Stat_t{}
		}
		marks = append(marks, fileMark{st.Dev, st.Ino, st.Size, st.Mtim, st.Ctim})
		s.fresh = s.fresh || time.Since(time.Unix(st.Ctim.Unix())) < settled
	}
	changed := !slices.Equal(marks, s.seen)
	s.seen = marks
	return changed || again
}

// Handshake makes one with the client at the other end of conn, within ctx. The name is what the client's
// certificate is for; empty: it has proved nothing. Errors are of type *ClientError.
func (s *Server) Handshake(ctx context.Context, conn net.Conn) (secure *tls.Conn, name string, err error) {
	k := s.current()
	heard := &listening{Conn: conn}
	secure = tls.Server(heard, k.config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, "", k.explainHandshake(err, heard.any)
	}
	if certs := secure.ConnectionState().PeerCertificates; len(certs) > 0 {
		if name, err = k.name(certs[0]); name != "" {
			s.proven.note(name, certs[0].NotAfter)
		}
	}
	return secure, name, err
}

// listening is a connection that notes whether the client has said anything.
type listening struct {
	net.Conn
	any bool
}

func (l *listening) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	l.any = l.any || n > 0
	return n, err
}

// Check reads the files, and returns a line for each that says what it has. errs are all mistakes that
// keep a connection from coming about.
func (o *ServerOptions) Check(now time.Time) (found []string, errs []error) {
	own, errs := readIdentity(o.CertFile, o.KeyFile)
	authorities, _, err := readAuthorities("client_ca_file", o.ClientCAFile)
	if err != nil {
		errs = append(errs, err)
	}
	if len(authorities) > 0 {
		found, errs = checkAuthorities("client_ca_file", o.ClientCAFile, authorities, now, found, errs)
	}
	if own != nil {
		found = append(found, printable(fmt.Sprintf("cert_file %s: %s, issued by %s, valid until %s", o.CertFile, own.Leaf.Subject, own.Leaf.Issuer, own.Leaf.NotAfter.Format(time.RFC3339))))
		if err := inForce(own.Leaf, now); err != nil {
			errs = append(errs, &FileError{"cert_file", o.CertFile, err})
		}
	}
	return found, errs
}
