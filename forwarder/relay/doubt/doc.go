// Package doubt finds out which message a server does not take, if it is one. It decides what to
// send next, and what follows from what the server has done. It is pure: it knows no socket, no
// file and no clock.
//
// Connections that break at the same place, three of them in a row, raise a doubt. From then on a
// session gets a few messages at a time, and nothing more until the server has taken them and the
// connection has stood for a while behind them: a run has passed. Where a run breaks the
// connection, half as many messages are sent next, until one message alone is the suspect.
//
// The suspect is proven to be what the server does not take by three connections that stand while
// nothing is sent, take a message from behind the suspect (the control), and break at the suspect:
// promptly, in an eighth of the time for which they stood behind the control. A server that is killed
// again and again, or a network that fails, breaks connections at any time; where one breaks later the
// next ones are to stand for longer, so that a server which hangs up slowly is found out too.
//
// The control is of another row of numbers than the suspect, where there is one, so that a server which
// takes the suspect after all has each row in its order; but one time in eight, where none passes.
//
// Then the suspect is cut to each of three sizes. Where none passes, another connection must take
// the control once more before the suspect is set aside. What cannot be proven is not passed over:
// the lines wait.
package doubt
