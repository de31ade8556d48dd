module mmt

go 1.26
