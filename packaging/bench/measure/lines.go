package measure

import (
	"fmt"
	"math/rand/v2"
	"time"
)

var (
	hosts  = []string{"www.example.com", "shop.example.com", "blog.example.org", "api.example.net"}
	paths  = []string{"/", "/index.html", "/css/site.css", "/js/app.min.js", "/img/logo.png", "/api/v1/orders/", "/cart?item=", "/search?q=a%20b&page="}
	agents = []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
		"curl/8.5.0", "-",
	}
)

// LineMark is in every line once, and not in what a relay says of itself.
var LineMark = []byte(" 203.0.113.")

// LineEnd ends every line, and not what a relay says of itself: the receiver, which has its
// share of the cores, finds it at once.
const LineEnd = '"'

// AccessLine appends a line of vcombined; extra goes into the request.
func AccessLine(b []byte, r *rand.Rand, extra string) []byte {
	host := hosts[r.IntN(len(hosts))]
	path := paths[r.IntN(len(paths))]
	if r.IntN(500) == 0 { // now and then a long query
		path += fmt.Sprintf("%0*d", 1000+r.IntN(3000), 7)
	}
	at := time.Unix(1763800000+int64(r.IntN(86400)), 0).UTC().Format("02/Jan/2006:15:04:05 -0700")
	return fmt.Appendf(b, "%s %s 203.0.113.%d - - [%s] \"GET %s%d%s HTTP/1.1\" %d %d \"https://%s%s\" \"%s\"\n",
		host, host, r.IntN(256), at, path, r.IntN(100000), extra, []int{200, 200, 200, 304, 404}[r.IntN(5)],
		r.IntN(120000), host, paths[r.IntN(len(paths))], agents[r.IntN(len(agents))])
}

// AccessLines are the same n lines every time.
func AccessLines(n int) (b []byte) {
	r := rand.New(rand.NewPCG(1, 1))
	for range n {
		b = AccessLine(b, r, "")
	}
	return b
}

// LineEnds are the offsets after each line.
func LineEnds(b []byte) (ends []int) {
	for i, c := range b {
		if c == '\n' {
			ends = append(ends, i+1)
		}
	}
	return ends
}
