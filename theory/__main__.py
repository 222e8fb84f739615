r"""`python -m theory QUANTITY …`: print a prediction."""

import sys

from theory.interface import FrontDoor, predicted_answer

door = FrontDoor("theory", "Predictions: closed forms and laws, with a bound on their numerical error.", answer=predicted_answer)


if __name__ == "__main__":
    sys.exit(door.run())
