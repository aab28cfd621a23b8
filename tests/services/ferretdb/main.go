// FerretDB with SQLite, as a server for tests: `ferretdb <folder>` prints its URI and runs until it is killed.
//
// Its own command can only be built from a checkout of its repository: it panics without a generated version.txt.
package main

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	server, err := ferretdb.New(&ferretdb.Config{
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Handler:   "sqlite",
		SQLiteURL: "file:" + os.Args[1] + "/",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(server.MongoDBURI())
	if err := server.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
