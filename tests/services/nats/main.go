// NATS with JetStream, as a server for tests: `nats <folder>` prints its URL and runs until it is killed.
//
// Its own command takes a port that is free, too, but prints it in the log alone, among much else.
package main

import (
	"fmt"
	"log"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

func main() {
	nats, err := server.NewServer(&server.Options{
		Host:      "127.0.0.1",
		Port:      server.RANDOM_PORT,
		JetStream: true,
		StoreDir:  os.Args[1],
		NoSigs:    true,
		NoLog:     true,
	})
	if err != nil {
		log.Fatal(err)
	}
	nats.Start()
	if !nats.ReadyForConnections(30 * time.Second) {
		log.Fatal("it does not accept connections")
	}
	fmt.Println(nats.ClientURL())
	nats.WaitForShutdown()
}
