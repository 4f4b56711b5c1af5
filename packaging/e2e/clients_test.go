package e2e

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// client is one that sends a request from an address of its own, and what is right for it.
type client struct {
	address        string
	user, password string // of basic authentication; none where empty
	digest         bool   // authentication instead, where a name may have a colon
	agent          string
	header         string // more of the request's head
	banned         bool   // by fail2ban, for its agent or its password
}

// innocent is the address that the hostile requests name.
const innocent = "8.8.8.8"

const badAgent = "EmailCollector" // of fail2ban's filter apache-badbots

// forged is an access line of an innocent address, as far as a header can have one.
func forged() string {
	return innocent + ` - - [` + time.Now().Format("02/Jan/2006:15:04:05 -0700") + `] "GET / HTTP/1.1" 200 3 "-" "` + badAgent
}

func accessClients() []client {
	return []client{
		{address: "127.0.1.1", agent: browser},
		{address: "127.0.1.2", agent: badAgent, banned: true},
		{address: "127.0.1.3", agent: badAgent, header: "Host: " + innocent + "\r\n", banned: true},
		{address: "127.0.1.4", agent: browser, header: "Host: " + innocent + "\r\n"},
		{address: "127.0.1.5", agent: badAgent, user: innocent + " - - ", password: "x", banned: true},
		{address: "127.0.1.6", agent: badAgent, user: innocent + " - - [01/Jan/2000:00:00:00 +0000] \"GET /", digest: true, banned: true},
		{address: "127.0.1.7", agent: forged() + "\" " + browser},
		{address: "127.0.1.8", agent: browser, header: "Referer: " + forged() + "\r\n"},
		{address: "127.0.1.9", agent: badAgent, header: "Referer: -\" \"" + browser + "\r\n", banned: true},
		{address: "127.0.1.10", agent: browser + "\" \"" + badAgent + " no more"},
		{address: "127.0.1.99", agent: badAgent, banned: true}, // the last one
	}
}

// get sends the client's request.
func (c *client) get(t *testing.T, server string) {
	t.Helper()
	switch {
	case c.digest:
		first := client{address: c.address, agent: browser}
		nonce := regexp.MustCompile(`nonce="([^"]+)"`).FindStringSubmatch(first.ask(t, server, "/Digest", ""))
		if nonce == nil {
			t.Fatalf("%s: no nonce for Digest", c.address)
		}
		c.ask(t, server, "/Digest", fmt.Sprintf(`Digest username="%s", realm="x", nonce="%s", uri="/Digest", response="%032d", qop=auth, nc=00000001, cnonce="x"`,
			strings.ReplaceAll(c.user, `"`, `\"`), nonce[1], 0))
	case c.user != "":
		c.ask(t, server, "/Basic", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.user+":"+c.password)))
	default:
		c.ask(t, server, "/", "")
	}
}

// requests is how many requests get makes.
func (c *client) requests() int {
	if c.digest {
		return 2
	}
	return 1
}

// ask sends one request from the client's address, and returns the answer.
func (c *client) ask(t *testing.T, server, path, authorization string) string {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(c.address)}, Timeout: testbed.Patience}
	conn, err := d.Dial("tcp", server)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	head := c.header
	if !strings.HasPrefix(head, "Host:") {
		head += "Host: www.example.com\r\n"
	}
	if authorization != "" {
		head += "Authorization: " + authorization + "\r\n"
	}
	_ = conn.SetDeadline(time.Now().Add(testbed.Patience))
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nUser-Agent: %s\r\n%sConnection: close\r\n\r\n", path, c.agent, head)
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 ") {
		t.Fatalf("%s: %.200q, %v", c.address, answer, err)
	}
	return string(answer)
}

// private is a place that wants the password of bob.
func private(t *testing.T) (modules []string, conf string) {
	t.Helper()
	users := filepath.Join(testbed.OpenDir(t), "users")
	sum := sha1.Sum([]byte("secret"))
	testbed.WriteFile(t, users, "bob:{SHA}"+base64.StdEncoding.EncodeToString(sum[:])+"\n")
	for _, kind := range []string{"Basic", "Digest"} {
		conf += "<Location /" + kind + ">\n  AuthType " + kind + "\n  AuthName x\n  AuthUserFile " + users + "\n  Require valid-user\n</Location>\n"
	}
	return []string{"authn_core", "authn_file", "auth_basic", "auth_digest", "authz_user"}, conf
}

// passwordClients try passwords; some names pretend to be an error line.
func passwordClients() []client {
	stamp := time.Now().Format("Mon Jan 02 15:04:05.000000 2006")
	return []client{
		{address: "127.0.2.1", user: "bob", password: "secret"},
		{address: "127.0.2.2", user: "bob", password: "wrong", banned: true},
		{address: "127.0.2.3", user: "nobody", password: "x", banned: true},
		{address: "127.0.2.4", user: innocent, password: "x", banned: true},
		{address: "127.0.2.5", user: "[client " + innocent + ":80] user bob: authentication failure", password: "x", banned: true},
		{address: "127.0.2.6", user: "bob [" + stamp + "] [auth_basic:error] [pid 1] [client " + innocent + ":80] AH01617: user bob", digest: true, banned: true},
		{address: "127.0.2.99", user: "bob", password: "wrong", banned: true}, // the last one
	}
}

// addresses of those clients that want says, sorted.
func addresses(all []client, want func(*client) bool) (list []string) {
	for i := range all {
		if want(&all[i]) {
			list = append(list, all[i].address)
		}
	}
	slices.Sort(list)
	return list
}

func isBanned(c *client) bool { return c.banned }
