package testbed

import (
	"net"

	"httpd-syslog/forwarder/relp"
)

// ServeRELP serves one RELP session, and closes conn. Each message is handled in its turn, and
// answered: 200, or 500 with the error that handle has returned.
func ServeRELP(conn net.Conn, handle func(message []byte) error) error {
	defer conn.Close()
	return relp.NewServer(conn, relp.ServerOptions{}, relpHandler(handle)).Serve()
}

type relpHandler func(message []byte) error

func (h relpHandler) Take(message []byte, _ int) error { return h(message) }
func (relpHandler) Taken() relp.Written                { return nil }
