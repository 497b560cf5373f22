from tests.lab.aws.double import main

if __name__ == "__main__":
    raise SystemExit(main())
