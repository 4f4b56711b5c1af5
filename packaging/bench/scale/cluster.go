package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"httpd-syslog/packaging/bench/measure"
)

// patience is how long anything may take that comes to an end by itself.
const patience = 2 * time.Minute

// cluster is three servers with one stream.
type cluster struct {
	dir     string
	servers []*exec.Cmd
	urls    []string
	conn    *nats.Conn
	stream  jetstream.Stream
}

// newCluster starts the servers that packaging/engines names.
func newCluster(sync string) (c *cluster, err error) {
	tool := exec.Command("go", "tool", "-n", "nats-server")
	tool.Dir, tool.Stderr = "packaging/engines", os.Stderr
	out, err := tool.Output()
	if err != nil {
		return nil, fmt.Errorf("build nats-server (is this the directory of the sources?): %w", err)
	}
	c = &cluster{}
	defer func() {
		if err != nil {
			c.end()
		}
	}()
	if c.dir, err = os.MkdirTemp("", "scale"); err != nil {
		return c, err
	}
	if err = c.start(strings.TrimSpace(string(out)), sync); err != nil {
		return c, err
	}
	return c, c.makeStream()
}

func (c *cluster) start(program, sync string) error {
	var ports, routes []string
	for range 6 {
		p, err := measure.FreePort()
		if err != nil {
			return err
		}
		ports = append(ports, p)
	}
	for _, p := range ports[3:] {
		routes = append(routes, "nats://127.0.0.1:"+p)
	}
	for i := range 3 {
		name := fmt.Sprint("n", i+1)
		conf := filepath.Join(c.dir, name+".conf")
		text := fmt.Sprintf("server_name: %s\nlisten: \"127.0.0.1:%s\"\nlog_file: %q\njetstream { store_dir: %q, sync_interval: %q }\ncluster { name: scale, listen: \"127.0.0.1:%s\", routes: [%s] }\n",
			name, ports[i], conf+".log", conf+".store", sync, ports[3+i], strings.Join(routes, ", "))
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			return err
		}
		server := exec.Command(program, "-c", conf)
		if err := server.Start(); err != nil {
			return err
		}
		c.servers = append(c.servers, server)
		c.urls = append(c.urls, "nats://127.0.0.1:"+ports[i])
	}
	return nil
}

func (c *cluster) makeStream() (err error) {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if c.conn == nil {
			if c.conn, err = nats.Connect(strings.Join(c.urls, ",")); err != nil {
				continue
			}
		}
		var js jetstream.JetStream
		if js, err = jetstream.New(c.conn); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		c.stream, err = js.CreateStream(ctx, jetstream.StreamConfig{
			Name: "httpd_syslog", Subjects: []string{"httpd_syslog.>"}, Storage: jetstream.FileStorage, Replicas: 3,
			Discard: jetstream.DiscardNew, DenyDelete: true, DenyPurge: true, AllowDirect: true,
		})
		cancel()
		if err == nil {
			return nil
		}
	}
	return fmt.Errorf("make the stream: %w", err)
}

// cpu is what the servers have used.
func (c *cluster) cpu() time.Duration {
	var pids []int
	for _, s := range c.servers {
		pids = append(pids, s.Process.Pid)
	}
	return measure.CPUOf(pids)
}

func (c *cluster) isServer(pid int) bool {
	for _, s := range c.servers {
		if s.Process.Pid == pid {
			return true
		}
	}
	return false
}

// end ends the servers, and removes what they had.
func (c *cluster) end() {
	if c.conn != nil {
		c.conn.Close()
	}
	for _, s := range c.servers {
		_ = s.Process.Kill()
		_ = s.Wait()
	}
	_ = os.RemoveAll(c.dir)
}

var errStuck = errors.New("lines have not arrived within two minutes")
